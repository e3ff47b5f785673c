"""One run for one community: observe, merge, plan, apply, commit. Knows no tool and no Prefect."""
