"""The OpenAPI 3.1 document of everything that the service publishes, from the listeners' typed tables."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

import msgspec

from gladly_segment import __version__
from gladly_segment.admin.access import COOKIE
from gladly_segment.transport.answers import Refusal
from gladly_segment.transport.endpoints import EVENT_STREAM, JSON, Answer, Content, Endpoint, Proof, Published

Json: TypeAlias = Mapping[str, Any]

SCHEMES: Final[Mapping[Proof, Json]] = {
    Proof.WEBHOOK_LOGIN: {
        "type": "http",
        "scheme": "basic",
        "description": "The organization's webhook credentials; static headers where such are set.",
    },
    Proof.SIGNATURE: {
        "type": "apiKey",
        "in": "header",
        "name": "X-Signature",
        "description": "The hex HMAC-SHA1 of the body with the shared secret of the destination at Segment.",
    },
    Proof.BEARER: {"type": "http", "scheme": "bearer", "description": "The admin token."},
    Proof.SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "A session begun at /login. What changes something needs the page's form token as well.",
    },
}

_DIALECT: Final = "3.1.0"
_REFERENCE: Final = "#/components/schemas/{name}"


def openapi(listeners: Sequence[Published]) -> bytes:
    """Write the document as JSON. What several listeners have alike is there once, with the answers of all."""
    shapes = [Refusal, *(shape for each in listeners for endpoint in each.endpoints for shape in _shapes(endpoint))]
    schemas, components = msgspec.json.schema_components(shapes, ref_template=_REFERENCE)
    references = dict(zip(shapes, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for listener in listeners:
        for path in dict.fromkeys(endpoint.path for endpoint in listener.endpoints):
            paths.setdefault(path, {"servers": []})["servers"].append({"url": listener.url})
        for endpoint in listener.endpoints:
            operation, method = _operation(endpoint, references), endpoint.method.lower()
            _add(paths[endpoint.path].setdefault(method, {}), operation)
    document = {
        "openapi": _DIALECT,
        "info": {"title": "gladly-segment", "version": __version__},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": SCHEMES},
    }
    return msgspec.json.encode(document)


def _add(document: dict[str, Any], more: Json) -> None:
    for key, value in more.items():
        if isinstance(value, Mapping) and key in document:
            _add(document[key], cast("Json", value))
        else:
            document[key] = value


def _shapes(endpoint: Endpoint) -> Sequence[type[msgspec.Struct]]:
    contents = [*endpoint.takes, *(content for answer in endpoint.answers for content in answer.contents)]
    return [content.shape for content in contents if content.shape is not None]


def _operation(endpoint: Endpoint, references: Mapping[type[msgspec.Struct], Json]) -> Json:
    responses: dict[str, Any] = {}
    for answer in endpoint.answers:
        _add(responses.setdefault(str(answer.status), {}), _response(answer, references))
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "security": [{proof: []} for proof in endpoint.proofs],
        "responses": responses,
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", endpoint.path)
    ]
    if endpoint.query is not None:
        parameters += _in_query(endpoint.query)
    if parameters:
        operation["parameters"] = parameters
    if endpoint.takes:
        content = {each.media_type: _schema(each, references) for each in endpoint.takes}
        operation["requestBody"] = {"content": content, "required": endpoint.body_required}
    return operation


def _in_query(shape: type[msgspec.Struct]) -> Sequence[dict[str, Any]]:
    [schema], components = msgspec.json.schema_components([shape], ref_template="{name}")
    described = components[schema["$ref"]]["properties"]
    names = [field.encode_name for field in msgspec.structs.fields(shape)]
    return [
        {"name": name, "in": "query", "required": False, "schema": _inlined(described[name], components)}
        for name in names
    ]


def _inlined(schema: Any, components: Json) -> Any:
    """Put enumerations in the place of references to them."""
    if isinstance(schema, Mapping):
        fields = cast("Json", schema)
        named = components.get(fields.get("$ref", ""))
        return named or {key: _inlined(value, components) for key, value in fields.items()}
    return schema


def _response(answer: Answer, references: Mapping[type[msgspec.Struct], Json]) -> Json:
    response: dict[str, Any] = {"description": answer.meaning}
    content = {each.media_type: _schema(each, references) for each in answer.contents}
    for media_type, schema in content.items():
        if answer.problems and media_type == JSON:
            schema["examples"] = {
                problem.code: {"value": {"error": msgspec.to_builtins(problem)}} for problem in answer.problems
            }
    if content:
        response["content"] = content
    if answer.headers:
        response["headers"] = {name: {"schema": {"type": "string"}} for name in answer.headers}
    return response


def _schema(content: Content, references: Mapping[type[msgspec.Struct], Json]) -> dict[str, Any]:
    if content.shape is not None:
        return {"schema": references[content.shape]}
    # Whoever reads a stream as its media type says has messages with fields, not a text.
    return {"schema": {} if content.media_type in {JSON, EVENT_STREAM} else {"type": "string"}}
