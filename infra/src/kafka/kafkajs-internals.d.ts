/** Modules of kafkajs 2.2.4 that it does not export with types. */
declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    constructor(initialSize?: number);
    /** Its bytes are those of `buf` before `offset`. */
    buf: Buffer;
    offset: number;
    writeInt8(value: number): this;
    writeInt32(value: number): this;
    writeInt64(value: number): this;
    writeString(value: string): this;
  }
}

declare module 'kafkajs/src/protocol/requests/produce/v7/response.js' {
  const response: {
    /** What Kafka says of each partition; 0 is no error. */
    decode(payload: Buffer): Promise<{
      readonly topics: readonly {
        readonly topicName: string;
        readonly partitions: readonly {
          readonly partition: number;
          readonly errorCode: number;
          readonly baseOffset: string;
        }[];
      }[];
    }>;
  };
  export default response;
}

declare module 'kafkajs/src/protocol/error.js' {
  const errors: {
    createErrorFromCode(
      code: number,
    ): Error & { readonly retriable: boolean; readonly type: string };
  };
  export default errors;
}

declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(buffer: Buffer);
    readonly buffer: Buffer;
    readonly offset: number;
    readInt16(): number;
    readInt32(): number;
    readInt64(): bigint;
    readString(): string;
    readArray<Item>(read: (decoder: Decoder) => Item): Item[];
    forward(bytes: number): void;
  }
}

declare module 'kafkajs/src/protocol/recordBatch/v0/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js';
  export default function decodeBatch(decoder: Decoder): Promise<{
    readonly firstTimestamp: string;
    readonly maxTimestamp: string;
    readonly records: readonly {
      readonly key: Buffer | null;
      readonly value: Buffer | null;
      readonly offset: string;
      readonly headers: Readonly<Record<string, Buffer>>;
    }[];
  }>;
}

declare module 'kafkajs/src/protocol/requests/fetch/v11/response.js' {
  /** As fetch-response.ts has it, with a message for each record. */
  const response: { decode(payload: Buffer): Promise<never> };
  export default response;
}

declare module 'kafkajs/src/consumer/batch.js' {
  import type { KafkaMessage } from 'kafkajs';
  /** What eachBatch is given. */
  export default class Batch {
    constructor(topic: string, fetchedOffset: string, partition: object);
    readonly messages: KafkaMessage[];
    isEmpty(): boolean;
  }
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  /** Requests of one connection. */
  export default class RequestQueue {
    constructor(options: object);
    /** Epoch milliseconds; -1: never. */
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    readonly pending: readonly unknown[];
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
  }
}

declare module 'kafkajs/src/protocol/requests/fetch/v11/request.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';
  export default function fetchRequest(of: {
    readonly replicaId: number;
    readonly maxWaitTime: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly isolationLevel: number;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly fetchOffset: string;
        readonly maxBytes: number;
      }[];
    }[];
  }): {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    readonly expectResponse: () => boolean;
    readonly encode: () => Promise<Encoder>;
  };
}
