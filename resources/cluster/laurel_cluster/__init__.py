"""The side of Laurel that runs on a Ray cluster: vLLM answers and scores, TRL trains, and everything goes through shared storage."""

PROTOCOL = 1
"""Version of the files that both sides exchange (`main/engine/hosts/ray/cluster-protocol.ts`)."""
