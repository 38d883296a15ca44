"""The program that takes clips, of a site on this machine: python -m tests.support.clip_program PORT MEDIA_ADDRESS."""

import sys

from dalsegno.reference.clip_process import main
from tests.support.video_site import SiteIE

if __name__ == "__main__":
    main(lambda: SiteIE(sys.argv[2], track="A Song", artists=["A", "B"]), {("127.0.0.1", int(sys.argv[1]))})
