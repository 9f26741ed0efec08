"""What a document may be, and the permission that it takes to make one."""

ENTITY_TYPES = {"checklist": "checklist.create", "submission": "checklist.edit"}
