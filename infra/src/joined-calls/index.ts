export { JoinedCalls } from './joined-calls.ts';
