"""Write the OpenAPI document of this code to the file that is named: what every API serves at /openapi.json."""

import json
import sys
from pathlib import Path

from api.documentation.api_page import api_document

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(api_document(), indent=1), encoding="utf-8")
