"""How messages become bytes in a history: Pydantic JSON without what is at its default.

Most fields of a step are empty most of the time; left out, a case's history is a fifth smaller. Defaults of
contracts therefore never change (see :mod:`models.contracts`): what is not there reads as it always did.
"""

from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
)


class SlimJSONConverter(PydanticJSONPlainPayloadConverter):
    """Leaves defaults out when writing; reads like its base."""

    def to_payload(self, value: Any) -> Payload | None:
        """JSON of what is not at its default."""
        data = self._schema_serializer.to_json(value, exclude_defaults=True)
        return Payload(metadata={"encoding": self.encoding.encode()}, data=data)


class SlimPayloadConverter(CompositePayloadConverter):
    """Temporal's own converters, with JSON by :class:`SlimJSONConverter`."""

    def __init__(self) -> None:
        """Replaces the JSON converter."""
        json = SlimJSONConverter()
        super().__init__(
            *(
                json if isinstance(converter, JSONPlainPayloadConverter) else converter
                for converter in DefaultPayloadConverter.default_encoding_payload_converters
            )
        )


DATA_CONVERTER = DataConverter(payload_converter_class=SlimPayloadConverter)
"""For client, worker and replayer alike."""
