import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.StringJoiner;

/**
 * Asks ClickHouse over HTTP as its JDBC driver does, which DBeaver and Metabase are made on. Prints one line of
 * JSON: what came of each question by its name.
 */
final class Client {
  private static final String ADDRESS = System.getenv("CLICKHOUSE_ADDRESS");
  private static final Map<String, Object> RESULTS = new LinkedHashMap<>();

  private interface Question {
    Object ask() throws Exception;
  }

  private static Connection connect(Map<String, String> more) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", System.getenv("CLICKHOUSE_USER"));
    properties.setProperty("password", System.getenv("CLICKHOUSE_PASSWORD"));
    properties.putAll(more);
    return DriverManager.getConnection("jdbc:clickhouse://" + ADDRESS + "/semarak", properties);
  }

  private static void note(String name, Question question) {
    try {
      RESULTS.put(name, question.ask());
    } catch (Exception error) {
      RESULTS.put(name, "error: " + error);
    }
  }

  private static Object many(Map<String, String> properties) throws SQLException {
    try (Connection connection = connect(properties);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(
            "SELECT number, toString(number), toNullable(number % 3) FROM numbers(200000)")) {
      long count = 0;
      long sum = 0;
      String last = "";
      while (rows.next()) {
        count += 1;
        sum += rows.getLong(1);
        last = rows.getString(2);
      }
      return Map.of("rows", count, "sum", sum, "last", last);
    }
  }

  private static Object query(Connection connection) throws SQLException {
    String text = "SELECT member_id, business_day, points, sales.category FROM semarak.sales WHERE programme = ?";
    try (PreparedStatement statement = connection.prepareStatement(text)) {
      statement.setString(1, "pacific-place");
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        ResultSetMetaData columns = rows.getMetaData();
        return Map.of(
            "member", rows.getString(1),
            "day", rows.getDate(2).toString(),
            "points", rows.getLong("points"),
            "columns", columns.getColumnCount());
      }
    }
  }

  private static int rowsOf(ResultSet rows) throws SQLException {
    try (rows) {
      int count = 0;
      while (rows.next()) count += 1;
      return count;
    }
  }

  /** The rows are cut as DBeaver and Metabase have them cut, and the time is limited. */
  private static Object limited(Connection connection, int rowsMax) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setMaxRows(rowsMax);
      statement.setFetchSize(100);
      statement.setQueryTimeout(900);
      return rowsOf(statement.executeQuery("SELECT number FROM numbers(1000)"));
    }
  }

  private static Object comments(DatabaseMetaData data) throws SQLException {
    try (ResultSet tables = data.getTables(null, "semarak", "sales", null)) {
      tables.next();
      String table = tables.getString("REMARKS");
      try (ResultSet columns = data.getColumns(null, "semarak", "sales", "remaining")) {
        columns.next();
        return Map.of("table", !table.isEmpty(), "column", !columns.getString("REMARKS").isEmpty());
      }
    }
  }

  private static Object columnsOf(DatabaseMetaData data, String table) throws SQLException {
    StringJoiner names = new StringJoiner(" ");
    try (ResultSet columns = data.getColumns(null, "semarak", table, "%")) {
      while (columns.next()) {
        if (names.length() < 60) names.add(columns.getString("COLUMN_NAME"));
      }
    }
    return names.toString();
  }

  private static Object namesOf(DatabaseMetaData data) throws SQLException {
    StringJoiner names = new StringJoiner(" ");
    try (ResultSet tables = data.getTables(null, "semarak", "%", null)) {
      while (tables.next()) names.add(tables.getString("TABLE_NAME"));
    }
    return names.toString();
  }

  private static void askAboutDatabase(Connection connection) throws SQLException {
    DatabaseMetaData data = connection.getMetaData();
    note("metadata product", () -> data.getDatabaseProductName());
    note("metadata user", () -> data.getUserName());
    note("metadata catalogs", () -> rowsOf(data.getCatalogs()) >= 0);
    note("metadata schemas", () -> rowsOf(data.getSchemas()) > 0);
    note("metadata tables", () -> namesOf(data));
    note("metadata columns", () -> columnsOf(data, "sales"));
    note("metadata comments", () -> comments(data));
    note("metadata table types", () -> rowsOf(data.getTableTypes()) > 0);
    note("metadata types", () -> rowsOf(data.getTypeInfo()) > 10);
    note("metadata functions", () -> rowsOf(data.getFunctions(null, null, "%")) >= 0);
    note("metadata procedures", () -> rowsOf(data.getProcedures(null, null, "%")) >= 0);
    note("metadata primary keys", () -> rowsOf(data.getPrimaryKeys(null, "semarak", "sales")) >= 0);
    note("metadata indexes", () ->
        rowsOf(data.getIndexInfo(null, "semarak", "sales", false, true)) >= 0);
    note("metadata imported keys", () -> rowsOf(data.getImportedKeys(null, "semarak", "sales")) >= 0);
    note("metadata client info", () -> rowsOf(data.getClientInfoProperties()) >= 0);
  }

  /** Ends a query from another thread, for which the driver sends KILL QUERY with its id. */
  private static Object cancel(Connection connection) throws Exception {
    try (Statement statement = connection.createStatement()) {
      Thread canceller = new Thread(() -> {
        try {
          for (int i = 0; i < 100; i++) {
            Thread.sleep(200);
            statement.cancel();
          }
        } catch (InterruptedException interruption) {
          // The query has ended.
        } catch (SQLException error) {
          RESULTS.put("cancel itself", "error: " + error);
        }
      });
      canceller.start();
      try {
        statement.executeQuery("SELECT sum(sipHash64(number)) FROM numbers(1000000000000)");
        return "not cancelled";
      } catch (SQLException error) {
        return error.getErrorCode();
      } finally {
        canceller.interrupt();
        canceller.join();
      }
    }
  }

  private static Object codeOf(Connection connection, String text) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(text);
      return "no error";
    } catch (SQLException error) {
      return error.getErrorCode();
    }
  }

  private static String json(Object value) {
    if (value instanceof Number || value instanceof Boolean) return value.toString();
    if (value instanceof Map<?, ?> map) {
      StringJoiner members = new StringJoiner(",", "{", "}");
      map.forEach((key, each) -> members.add(json(key) + ":" + json(each)));
      return members.toString();
    }
    StringBuilder text = new StringBuilder("\"");
    String.valueOf(value).codePoints().forEach(c -> {
      if (c == '"' || c == '\\') text.append('\\').appendCodePoint(c);
      else if (c < ' ') text.append(String.format("\\u%04x", c));
      else text.appendCodePoint(c);
    });
    return text.append('"').toString();
  }

  public static void main(String[] arguments) throws Exception {
    for (String compress : new String[] {"true", "false"}) {
      note("compression " + compress, () -> many(Map.of("compress", compress)));
    }
    note("compression http", () -> many(Map.of("compress", "true", "client.use_http_compression", "true")));
    try (Connection connection = connect(Map.of())) {
      note("valid", () -> connection.isValid(10));
      note("query", () -> query(connection));
      note("limited", () -> limited(connection, 10));
      note("unlimited", () -> limited(connection, 0));
      askAboutDatabase(connection);
      note("cancel", () -> cancel(connection));
      note("unknown table", () -> codeOf(connection, "SELECT * FROM semarak.nowhere"));
      note("drop", () -> codeOf(connection, "DROP TABLE semarak_1.sale_postings"));
    }
    System.out.println(json(RESULTS));
    System.exit(0);
  }
}
