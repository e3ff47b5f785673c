-- Prefect keeps its own database: losing it loses history and schedules, never what copsync remembers.
CREATE DATABASE prefect;
