"""The base class of every record that crosses a service boundary."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen, typed value. Unknown fields are ignored so that old readers accept new writers."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")
