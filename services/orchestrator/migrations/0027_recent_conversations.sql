-- Only lists use this index. While a table is young it looks as good as the primary key to whoever looks for
-- one conversation, and a plan of that time walks over all of the organization's for each: with a predicate
-- that only lists have, it is not considered.
drop index messaging.conversation_recent;
create index conversation_recent on messaging.conversation (org_id, last_message_at desc)
  where merged_into is null and last_message_at is not null;
