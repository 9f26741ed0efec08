"""The peer: what one writes after the Channels tutorial, with every operation stored.

A group a document, `group_send` for each operation, one DynamoDB call each, on a thread. It says
what the bench's clients understand: https://channels.readthedocs.io/en/stable/tutorial/part_3.html
"""

import os
from typing import Any

import boto3
import orjson
from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path

TABLE = "tutorial"
dynamodb = boto3.client(  # noqa: TID251  a peer of its own
    "dynamodb",
    endpoint_url=os.environ["PREWORK_AWS_ENDPOINT_URL"],
    region_name="us-east-1",
)


def store(entity_id: str, item: str, text: str) -> int:
    """Write an operation's effect; the version that it made."""
    answer = dynamodb.update_item(
        TableName=TABLE,
        Key={"id": {"S": entity_id}},
        UpdateExpression="ADD version :one SET #item = :text",
        ExpressionAttributeNames={"#item": item},
        ExpressionAttributeValues={":one": {"N": "1"}, ":text": {"S": text}},
        ReturnValues="UPDATED_NEW",
    )
    return int(answer["Attributes"]["version"]["N"])


def load(entity_id: str) -> dict[str, Any]:
    """The document, as the bench reads one."""
    item = dynamodb.get_item(TableName=TABLE, Key={"id": {"S": entity_id}}, ConsistentRead=True)
    stored = item.get("Item", {})
    version = int(stored.pop("version", {"N": "0"})["N"])
    stored.pop("id", None)
    items = {f"i{n}": {"text": stored.get(f"i{n}", {"S": ""})["S"]} for n in range(100)}
    return {"version": version, "content": {"items": items}}


class Tutorial(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels has no types
    """A socket on a document."""

    async def connect(self) -> None:
        """Join the group, and say where the document is."""
        self.entity_id = self.scope["url_route"]["kwargs"]["entity_id"]
        await self.accept()
        await self.channel_layer.group_add(self.entity_id, self.channel_name)
        document = await sync_to_async(load)(self.entity_id)
        await self._say({"eventType": "session.welcome", "epoch": "", **document})

    async def receive(self, text_data: str = "", bytes_data: bytes = b"") -> None:
        """Store each operation, and send it to the group."""
        decoded = orjson.loads(text_data)
        for event in decoded if isinstance(decoded, list) else [decoded]:
            operation = event["operation"]
            item = operation["path"].split(".")[2]
            version = await sync_to_async(store)(self.entity_id, item, operation["newValue"])
            told = {"eventType": "updated", "version": version, "operation": operation}
            message = {"type": "tell", "event": told, "sender": self.channel_name}
            await self.channel_layer.group_send(self.entity_id, message)

    async def tell(self, message: dict[str, Any]) -> None:
        """Something was sent to the group: an operation of others, or one's own."""
        told = message["event"]
        if message["sender"] == self.channel_name:
            acked = {"operationId": told["operation"]["operationId"], "version": told["version"]}
            told = {"eventType": "operation.ack", **acked}
        await self._say(told)

    async def _say(self, event: dict[str, Any]) -> None:
        await self.send(text_data=orjson.dumps(event).decode())


async def http(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """As much of the API as the bench asks for."""
    answer: dict[str, Any] = {"token": "-", "organization": {"organizationId": "-"}}
    if scope["method"] == "GET" and scope["path"].startswith("/api/documents/"):
        answer = await sync_to_async(load)(scope["path"].rpartition("/")[2])
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(answer)})


def make_table() -> None:
    """Where documents are kept."""
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


sockets = URLRouter([path("ws/collab/checklist/<str:entity_id>", Tutorial.as_asgi())])
application = ProtocolTypeRouter({"http": http, "websocket": sockets})
