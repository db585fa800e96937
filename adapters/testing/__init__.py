"""For tests of channels, ours and those of plug-ins: the contract that every channel keeps, and a far side for HTTP."""
