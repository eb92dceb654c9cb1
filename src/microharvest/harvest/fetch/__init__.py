"""The one polite, safe HTTP client. Nothing else of microharvest opens a connection to a source.

policy.py     what a source may cost: rates, caps, deadlines, addresses, credentials
client.py     `Client.fetch(request, policy, validators)`: one answer as a value
answers.py    what comes back: Fetched, NotModified, Failed
address.py    which addresses may be dialled
hosts.py      pace, concurrency and postponements per host
retries.py    which answers are asked again, and when
redirects.py  which redirects are followed
asks.py       what is put on the wire, and what of it another origin may see
wire.py       one exchange through aiohttp
spool.py      body to disk under caps, with proof of its end
gunzip.py     a gzip decoder that insists on the trailer
local.py      files in place of URLs
faults.py     what went wrong, as a code and a sentence without secrets
"""

from __future__ import annotations
