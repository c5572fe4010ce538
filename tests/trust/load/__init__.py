"""Load: the service as several processes over Amazon's engine, asked by many clients at once, and audited at the end.

`python -m tests.trust.load [--verifications N] [--certificates N] [--mix SECONDS] [--soak SECONDS] [--workers N]
[--clients N] [--students N] [--outage SECONDS]`, and with `--against COMMIT` the verifications alone, in turns with
those of an earlier commit.

Everything runs on this machine: the clients, the gateway, the functions, the database and the store of PDFs share its
cores, and the report says how much of them other programs used. A latency lasts from the first byte sent to the last
one received, over a connection that stays open. Human proofs cost next to nothing (`ALTCHA_COST=1`), and no latency
includes them. Those of the verifications are fetched and solved before the clock starts; the other phases, among them
the mix and the soak (the mix again, for longer), fetch and solve each one when it is needed, as a browser does.

- `client`: one HTTP connection, and many clients in threads.
- `processes`: the service in processes of its own; their memory and processor time.
- `analysis`: what a phase measured, and which answers are wrong.
- `phases`: what the clients do: certificates, verifications, the mix of both.
- `runs`: a whole measurement, and the outage, each with its audit.
- `report`: what is printed.
- `against`: the same load of an earlier commit, in turns.
"""
