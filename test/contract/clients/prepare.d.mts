/**
 * The folder of a client program, made when it is not there yet.
 *
 * @throws Error that says what could not be installed.
 */
export function prepareClient(kind: 'go' | 'java' | 'python'): Promise<string>;
