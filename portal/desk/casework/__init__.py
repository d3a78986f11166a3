"""Pages of casework beside the decisions: sharing tasks, notes, what came by post or telephone, letters to print."""
