"""Temporal as this engine uses it: one plugin for client, worker and replayer, and a check at start-up."""

from collections.abc import Mapping

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.converter import SerializationContext
from temporalio.envconfig import ClientConnectConfig
from temporalio.plugin import SimplePlugin
from temporalio.runtime import Runtime
from temporalio.service import RPCStatusCode
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from gateway.temporal.payloads import DATA_CONVERTER
from models.contracts import SEARCH_ATTRIBUTES

AWAY = frozenset({RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED})
"""What a call says that did not reach Temporal. Any other status is an answer."""

PASSED_THROUGH = (
    "models",
    "workflows.details",
    "workflows.lifecycle",
    "workflows.notation",
    "workflows.page",
    "workflows.policies",
    "workflows.verbs",
    "workflows.words",
)
"""Modules that are the same inside the sandbox: pure contracts. All else is loaded anew for each workflow."""


class MissingAttributesError(Exception):
    """The namespace lacks search attributes; the text names them and the command that adds them."""


class Sandbox(SandboxedWorkflowRunner):
    """The SDK's sandbox, whose workflows are not asked for a serialization context at every payload.

    Our converter uses none. The question compiles code inside the sandbox each time, several times a step: a tenth of
    all time of a worker.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """As the SDK makes it, with the answer at hand."""
        instance = super().create_instance(det)
        instance.get_serialization_context = _no_context  # type: ignore[method-assign, assignment]
        return instance


def _no_context(_command: object) -> SerializationContext | None:
    return None


def runner() -> WorkflowRunner:
    """The sandbox with our pure modules passed through."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return Sandbox(restrictions=restrictions)


def plugin() -> SimplePlugin:
    """Configures client, worker and replayer alike."""
    return SimplePlugin("wir-grants", data_converter=DATA_CONVERTER, workflow_runner=lambda _: runner())


async def connect(config: ClientConnectConfig, *, lazy: bool = False, runtime: Runtime | None = None) -> Client:
    """A client. Lazy ones connect at their first call, so that a stopped Temporal stops nobody from starting."""
    return await Client.connect(**config, lazy=lazy, runtime=runtime, plugins=[plugin()])


async def missing_attributes(client: Client) -> list[str]:
    """Search attributes the namespace lacks, or has with another type."""
    types = {name: _type_name(kind) for name, kind in (await _attributes(client)).items()}
    return [name for name, kind in SEARCH_ATTRIBUTES.items() if types.get(name) != kind]


async def _attributes(client: Client) -> Mapping[str, IndexedValueType.ValueType]:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    return (await client.operator_service.list_search_attributes(request)).custom_attributes


async def add_attributes(client: Client) -> None:
    """Makes the search attributes that the namespace lacks; one of another type is left as it is."""
    there = await _attributes(client)
    absent = {name: _type(kind) for name, kind in SEARCH_ATTRIBUTES.items() if name not in there}
    if absent:
        request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=absent)
        await client.operator_service.add_search_attributes(request)


async def require_attributes(client: Client) -> None:
    """Raises ``MissingAttributesError`` naming what is missing and how to add it."""
    missing = await missing_attributes(client)
    if missing:
        commands = "\n".join(
            f"  temporal operator search-attribute create --namespace {client.namespace} "
            f"--name {name} --type {SEARCH_ATTRIBUTES[name]}"
            for name in missing
        )
        raise MissingAttributesError(f"search attributes are missing: {', '.join(missing)}. Add them:\n{commands}")


def _type(name: str) -> IndexedValueType.ValueType:
    words = "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in name)
    return IndexedValueType.Value(f"INDEXED_VALUE_TYPE{words}")


def _type_name(kind: IndexedValueType.ValueType) -> str:
    words = IndexedValueType.Name(kind).removeprefix("INDEXED_VALUE_TYPE_").split("_")
    return "".join(word.capitalize() for word in words)
