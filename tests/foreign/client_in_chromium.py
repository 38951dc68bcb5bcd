"""Open a page of an application in a headless Chromium, and print what it hears, a JSON array a line, until killed."""

import json
import sys
import time

from chromium import headless_chromium

PAUSE_S = 0.2


def main(url: str) -> None:
    with headless_chromium() as browser:
        browser.get(url)
        while True:
            for told in browser.execute_script("return heard.splice(0)"):
                sys.stdout.write(f"{json.dumps(told)}\n")
            sys.stdout.flush()
            time.sleep(PAUSE_S)


if __name__ == "__main__":
    main(sys.argv[1])
