"""Metrics published for template filling on MUC-4, reproduced count for count.

Every metric is a pure function from gold and predictions to counts; reading files is the business of
`evals.muc4_files`. Nothing in here knows of a model, a backend, an engine or a command line.

| module | metric | publication |
|---|---|---|
| `ceaf_ree` | CEAF-REE: entities per role | Du, Rush and Cardie, EACL 2021 (GRIT) |
| `gtt` | template F1 under the best mapping | Du, Rush and Cardie, NAACL 2021 (GTT) |
| `ceaf_rme` | CEAF-RME φ3 and φsubset | Chen et al., EACL 2023 (IterX) |
| `muc4` | the official scoring of 1992 | Chinchor, MUC-4 proceedings, 1992 |
"""
