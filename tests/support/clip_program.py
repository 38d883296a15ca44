"""The program that takes clips, of a site on this machine: python -m tests.support.clip_program PORT ADDRESS [HOW].

HOW is what the extractor does before it tells of the sound at the address: `lingers` starts another process, writes
down its id and waits; `hoards` takes memory; `fills` takes space on the disk; `tells` writes down its environment.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from dalsegno.reference.clip_process import main
from tests.support.video_site import SiteIE


class StrangeIE(SiteIE):
    """Does something before it finds the video."""

    def _real_extract(self, url: str) -> dict[str, Any]:
        match sys.argv[3:]:
            case ["lingers"]:
                sleeping = subprocess.Popen(["/bin/sleep", "600"])
                Path("processes.new").write_text(f"{os.getpid()} {sleeping.pid}")
                Path("processes.new").rename("processes")
                time.sleep(600)
            case ["hoards"]:
                hoard = b"x" * (200 << 20)  # not zeros: those take no memory
                time.sleep(600)
                del hoard
            case ["fills"]:
                for number in range(10):
                    Path(f"{number}").write_bytes(bytes(1 << 20))
                time.sleep(600)
            case ["tells"]:
                Path("environment").write_text(json.dumps(dict(os.environ)))
        return super()._real_extract(url)


if __name__ == "__main__":
    main(
        lambda: StrangeIE(sys.argv[2], track="A Song", artists=["A", "B"]), {("127.0.0.1", int(sys.argv[1]))}
    )
