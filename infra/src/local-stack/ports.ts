/** The servers of a stack, in the order in which they are listed to people. */
export const serverNames = ['kafka', 'registry', 'redis', 'clickhouse'] as const;
export type ServerName = (typeof serverNames)[number];

/** TCP ports of the servers, all on 127.0.0.1. `kafkaController` is Kafka's own second listener. */
export type ServerPorts = Readonly<Record<ServerName | 'kafkaController', number>>;

/** The servers' ports of a stack whose first port is `base`: the contract of `--port-base`. */
export function serverPorts(base: number): ServerPorts {
  return {
    kafka: base + 2,
    registry: base + 3,
    redis: base + 4,
    clickhouse: base + 5,
    kafkaController: base + 7,
  };
}
