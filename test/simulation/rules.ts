/** Every rule of the protocol that a simulation can leave out, with what the adapters then do. */
export const rules = {
  'check at load': 'load answers with the position and owner that its process believes in',
  'one request in flight': 'chunks are sent without waiting, each again until it is acknowledged',
  'every partition by name': 'an append is believed although the answer lacks partitions',
  'compare at commit': 'commit writes whatever position and owner are stored',
  filter: 'a reader of derived events takes each for new',
  'filter in the same commit': 'the filter stays in the memory of the process',
  'pure decisions': 'the ids of derived events follow from how records were batched',
  'halt outside the watermarks': 'whatever is in the log is what the position asks for',
  'the last record in its place': 'whatever record is where the last one was is taken for it',
  'nothing for readers in a gap': 'what was for no reader is taken to be so for ever',
  'the cause in the log': 'events may come from records that the log does not have',
  'what was derived in the log': 'acknowledged events are believed to stay in the log',
  'acknowledged, not committed': 'the group’s offset stands for what is acknowledged',
  'intent before insert': 'the bookmark is opened after the insert',
  'read back the bookmark': 'a commit that resolved is believed',
  'generation at commit': 'a stale handler commits with the generation of the day',
  'end when in doubt': 'a process goes on after a commit that Kafka has not answered',
  'same token on retry': 'each try of a block has a token of its own',
  'the shared token first': 'what is in doubt goes under a token of its own at once',
  'count when in doubt': 'a block of an open range counts as never tried',
  'count after a retry': 'a retry that is acknowledged counts as written',
  'rows of the projector once': 'the projector takes each derived event for new',
} as const;

export type Rule = keyof typeof rules;
