"""The model check: clients and engines, driven at random, against the contract."""
