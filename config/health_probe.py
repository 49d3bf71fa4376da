"""Ask our own /healthz from inside the container; ends with 1 where it is not well."""

import os
import sys
import urllib.error
import urllib.request

if __name__ == "__main__":
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz", timeout=5).close()
    except (OSError, urllib.error.URLError) as error:
        sys.exit(f"not well: {error}")
