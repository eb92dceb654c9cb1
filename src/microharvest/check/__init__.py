"""`check`: what is wrong with a feed and what would make it better, for whoever publishes it.

A profile is data (`profiles/*.toml`): rules over the mapped offer, over the record's own values, or over an endpoint's
answers. What must stay true: nothing is stored; a profile that is not about what was found gives no grade; whatever is
said of a feed names its rule, where it stands, why it matters and how to mend it.
"""

from __future__ import annotations
