"""Prefect flows, thin: parse, call sync/, show the outcome as states and artifacts. The only room that uses Prefect."""
