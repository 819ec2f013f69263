"""What is wrong with data by the rules of a model, as somebody who sent it is told."""


def told(message: str) -> str:
    """A message of pydantic's, without the name of an error that it puts before a sentence of ours."""
    return message.removeprefix("Value error, ")
