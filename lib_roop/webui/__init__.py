"""roop inside a web UI of the AUTOMATIC1111 family: A1111, Forge, reForge, SD.Next.

`hooks` holds what happens at each step of a job, `interfaces` everything that is asked of the host.
"""
