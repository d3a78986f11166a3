"""Mail that came in, in the record: stored, tied to its case, made an answer or an officer's business."""
