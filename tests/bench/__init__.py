"""The programs in bench/, in short forms."""
