"""The frameworks that `vedette bench` runs beside the platform, each as its own documentation shows.

They go from topic to topic on the same pipeline, and acknowledge a reference only once the brokers have confirmed its
answer: only the streaming differs. They fetch from this machine's files alone, check nothing and write no dead letters.
"""
