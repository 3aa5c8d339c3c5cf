// Asks ClickHouse over HTTP as clickhouse-go, and Grafana's data source that is made of it, do. Prints one
// line of JSON: what came of each question by its name.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/ext"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

func options() *clickhouse.Options {
	return &clickhouse.Options{
		Protocol: clickhouse.HTTP,
		Addr:     []string{os.Getenv("CLICKHOUSE_ADDRESS")},
		Auth: clickhouse.Auth{
			Database: "semarak",
			Username: os.Getenv("CLICKHOUSE_USER"),
			Password: os.Getenv("CLICKHOUSE_PASSWORD"),
		},
		DialTimeout: 10 * time.Second,
		ReadTimeout: 60 * time.Second,
	}
}

var compressions = map[string]clickhouse.CompressionMethod{
	"none":    clickhouse.CompressionNone,
	"lz4":     clickhouse.CompressionLZ4,
	"zstd":    clickhouse.CompressionZSTD,
	"gzip":    clickhouse.CompressionGZIP,
	"deflate": clickhouse.CompressionDeflate,
	"br":      clickhouse.CompressionBrotli,
}

func sumOfMany(ctx context.Context, conn driver.Conn) (map[string]any, error) {
	rows, err := conn.Query(ctx, "SELECT number, toString(number), toNullable(number % 3) FROM numbers(200000)")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var count, sum uint64
	var lastText string
	for rows.Next() {
		var n uint64
		var text string
		var rest *uint8
		if err := rows.Scan(&n, &text, &rest); err != nil {
			return nil, err
		}
		count, sum, lastText = count+1, sum+n, text
	}
	return map[string]any{"rows": count, "sum": sum, "last": lastText}, rows.Err()
}

func withCompression(ctx context.Context, method clickhouse.CompressionMethod) (any, error) {
	o := options()
	if method != clickhouse.CompressionNone {
		o.Compression = &clickhouse.Compression{Method: method}
	}
	conn, err := clickhouse.Open(o)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.Ping(ctx); err != nil {
		return nil, fmt.Errorf("ping: %w", err)
	}
	return sumOfMany(ctx, conn)
}

// What a query that fails is known by.
func exceptionCode(err error) (any, error) {
	var exception *clickhouse.Exception
	if errors.As(err, &exception) {
		return exception.Code, nil
	}
	return nil, fmt.Errorf("no exception of the server: %w", err)
}

// As Grafana's data source: through database/sql, LZ4, with its limit of time beyond the analyst's.
func likeGrafana(ctx context.Context) (any, error) {
	o := options()
	o.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	o.Settings = clickhouse.Settings{"max_execution_time": 64}
	db := clickhouse.OpenDB(o)
	defer db.Close()
	if err := db.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("ping: %w", err)
	}
	var category string
	var spend int64
	err := db.QueryRowContext(
		ctx,
		`SELECT sales.category, sum(sales.remaining) FROM semarak.sales
		 WHERE sales.programme = ? GROUP BY sales.category`,
		"pacific-place",
	).Scan(&category, &spend)
	return map[string]any{"category": category, "spend": spend}, err
}

func query(ctx context.Context, conn driver.Conn) (any, error) {
	ctx = clickhouse.Context(ctx,
		clickhouse.WithParameters(clickhouse.Parameters{"programme": "pacific-place"}),
		clickhouse.WithQueryID("contract-go"),
	)
	var member string
	var day time.Time
	var points int64
	row := conn.QueryRow(ctx, `SELECT assumeNotNull(member_id), toDate(business_day), points
		FROM semarak.sales WHERE programme = {programme:String}`)
	if err := row.Scan(&member, &day, &points); err != nil {
		return nil, err
	}
	return map[string]any{"member": member, "day": day.Format("2006-01-02"), "points": points}, nil
}

func externalData(ctx context.Context, conn driver.Conn) (any, error) {
	table, err := ext.NewTable("wanted", ext.Column("member_id", "String"))
	if err != nil {
		return nil, err
	}
	if err := table.Append("M-1"); err != nil {
		return nil, err
	}
	var found uint64
	row := conn.QueryRow(
		clickhouse.Context(ctx, clickhouse.WithExternalTable(table)),
		"SELECT count() FROM semarak.sales WHERE member_id IN (SELECT member_id FROM wanted)",
	)
	return found, row.Scan(&found)
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	results := map[string]any{}
	note := func(name string, result any, err error) {
		if err != nil {
			result = "error: " + err.Error()
		}
		results[name] = result
	}
	for name, method := range compressions {
		result, err := withCompression(ctx, method)
		note("compression "+name, result, err)
	}
	o := options()
	o.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	conn, err := clickhouse.Open(o)
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	version, err := conn.ServerVersion()
	note("server", version != nil && version.Version.Major >= 26, err)
	result, err := query(ctx, conn)
	note("query", result, err)
	result, err = likeGrafana(ctx)
	note("grafana", result, err)
	result, err = externalData(ctx, conn)
	note("external data", result, err)
	result, err = exceptionCode(conn.Exec(ctx, "SELECT * FROM semarak.nowhere"))
	note("unknown table", result, err)
	result, err = exceptionCode(conn.Exec(ctx, "DROP TABLE semarak_1.sale_postings"))
	note("drop", result, err)
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		panic(err)
	}
}
