"""How officers share their work: taking a task, handing it over, putting it on a day; notes. Nothing decides here."""
