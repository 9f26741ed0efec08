"""What a document may be, and the permission that it takes to make one."""

SUBMISSION = "submission"
ENTITY_TYPES = {"checklist": "checklist.create", SUBMISSION: "checklist.edit"}
