-- Every table carries org_id and every query names it. Where several indexes began with it, a planner that
-- believed a table small took any of them, and then read all open attempts or all messages of the
-- organization for each one it looked for. Led by what is rare, an index serves only those who name it.
drop index messaging.message_conversation;
create index message_conversation on messaging.message (conversation_id, org_id, seq);

drop index messaging.message_event_message;
create index message_event_message on messaging.message_event (message_id, org_id, id);

drop index messaging.conversation_address_conversation;
create index conversation_address_conversation on messaging.conversation_address (conversation_id, org_id);

-- I5: at most one attempt of unknown outcome in a conversation.
drop index messaging.attempt_one_open;
create unique index attempt_one_open on messaging.attempt (conversation_id, org_id) where state = 'D';
drop index messaging.attempt_open;
create index attempt_open on messaging.attempt (account_id, org_id, started_at) where state = 'D';
drop index messaging.attempt_token;
create index attempt_token on messaging.attempt (provider_token, org_id, account_id);

drop index messaging.send_queue_account;
create index send_queue_account on messaging.send_queue (account_id, org_id, lane, message_id);
drop index messaging.send_queue_conversation;
create index send_queue_conversation on messaging.send_queue (conversation_id, org_id, seq);
