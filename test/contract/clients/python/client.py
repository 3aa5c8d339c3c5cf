"""Asks ClickHouse over HTTP as clickhouse-connect does, which Superset and many notebooks are made of.

Prints one line of JSON: what came of each question by its name.
"""

import json
import os
import sys

import clickhouse_connect
from clickhouse_connect import dbapi
from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_connect.driver.external import ExternalData

HOST, PORT = os.environ["CLICKHOUSE_ADDRESS"].rsplit(":", 1)
CONNECTION = {
    "host": HOST,
    "port": int(PORT),
    "username": os.environ["CLICKHOUSE_USER"],
    "password": os.environ["CLICKHOUSE_PASSWORD"],
    "database": "semarak",
}


def with_compression(method):
    client = clickhouse_connect.get_client(**CONNECTION, compress=method)
    text = "SELECT number, toString(number), toNullable(number % 3) FROM numbers(200000)"
    with client.query_row_block_stream(text) as stream:
        rows = [row for block in stream for row in block]
    return {"rows": len(rows), "sum": sum(n for n, _, _ in rows), "last": rows[-1][1]}


def query(client):
    text = """SELECT member_id, business_day, points FROM semarak.sales
        WHERE programme = {programme:String} AND sales.category = %(category)s"""
    result = client.query(
        "SELECT member_id, toDate(business_day), points FROM sales WHERE programme = {programme:String}",
        parameters={"programme": "pacific-place"},
        settings={"max_execution_time": 600, "mutations_sync": 1},
    )
    member, day, points = result.result_rows[0]
    formatted = client.query(text.replace("{programme:String}", "%(programme)s"), {
        "programme": "pacific-place", "category": "fashion"})
    return {"member": member, "day": str(day), "points": points,
            "formatted": formatted.row_count, "result_rows": int(result.summary["result_rows"])}


def session(client):
    """A session of the driver, as it makes one unless told otherwise."""
    client.command("SET max_block_size = 1000")
    return client.query("SELECT currentUser()").first_row[0]


def external_data(client):
    data = ExternalData(file_name="wanted", data=b"M-1\nM-9\n", fmt="TSV", structure=["member_id String"])
    text = "SELECT count() FROM sales WHERE member_id IN (SELECT member_id FROM wanted)"
    return client.query(text, external_data=data).first_row[0]


def tables(client):
    return len(client.query("SHOW TABLES").result_rows) > 10


def database_api():
    with dbapi.connect(**CONNECTION) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT sales.category, sum(sales.remaining) FROM sales GROUP BY sales.category")
        return cursor.fetchall()[0]


def code_of(client, text):
    try:
        client.query(text)
    except DatabaseError as error:
        return error.code
    return None


def main():
    results = {}

    def note(name, run):
        try:
            results[name] = run()
        except Exception as error:  # noqa: BLE001 - what fails is told to the test, whatever it is
            results[name] = f"error: {error}"

    for method in (False, "lz4", "gzip", "deflate"):
        note(f"compression {method or 'none'}", lambda method=method: with_compression(method))
    client = clickhouse_connect.get_client(**CONNECTION)
    note("ping", client.ping)
    note("query", lambda: query(client))
    note("session", lambda: session(clickhouse_connect.get_client(**CONNECTION, session_id="contract")))
    note("external data", lambda: external_data(client))
    note("tables", lambda: tables(client))
    note("database api", database_api)
    note("unknown table", lambda: code_of(client, "SELECT * FROM semarak.nowhere"))
    note("drop", lambda: code_of(client, "DROP TABLE semarak_1.sale_postings"))
    json.dump(results, sys.stdout, default=str)


main()
