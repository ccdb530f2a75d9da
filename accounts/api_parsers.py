"""What the API reads: JSON whose texts are texts."""

import json
import re
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

# As json writes it; an even number of backslashes before it is a text about the escape.
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


class TextParser(JSONParser):
    """JSON, but for what neither the database nor an answer can hold: half a character, NUL, endless nesting."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The value. Raises ParseError."""
        try:
            data = super().parse(stream, media_type, parser_context)
            text = json.dumps(data, ensure_ascii=False)
            text.encode()
        except UnicodeEncodeError:
            raise ParseError("A text holds half of a surrogate pair, which is no character.") from None
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        if _NUL.search(text):
            raise ParseError("A text holds the character NUL, which no text here can have.")
        return data
