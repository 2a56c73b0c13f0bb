"""The parts of describing: one small pure module for each thing that the NĐ 30/2020 layout shows. See `ingest.describe`."""
