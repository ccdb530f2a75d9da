"""The import engine: files in, rows checked, previewed and committed chunk by chunk (domain.md §8, promises R5 and S7).

It knows nothing above this room: `registry.register` names what can be imported. `store` keeps a file, `actions` are what a
person does, `worker.work_step` moves on whatever is under way and is called by the loop of the room above.
"""
