"""What the API reads: JSON whose texts are texts."""

import json
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class TextParser(JSONParser):
    """JSON, but for what neither the database nor an answer can hold: escapes of half a character, endless nesting."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The value. Raises ParseError."""
        try:
            data = super().parse(stream, media_type, parser_context)
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ParseError("A text holds half of a surrogate pair, which is no character.") from None
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        return data
