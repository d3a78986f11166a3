"""Files that people sent: the store on disk, what may be taken, and which ones are still named."""
