-- For functions on a hot path: one plan, whatever the statistics say today.
--
-- A plan made while a table is small reads all of it, and it is kept for as long as the session lives. The
-- functions that call this look everything up by an index and for a batch of known rows, so the plan that
-- is right on a large table is right on an empty one, and planning again for each call buys nothing.
create function app.steady_plans(p_function regprocedure) returns void
language plpgsql
set search_path = ''
as $$
declare
  v_method text;
begin
  foreach v_method in array array['enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin',
                                  'enable_memoize', 'jit'] loop
    execute format('alter function %s set %I = off', p_function, v_method);
  end loop;
  execute format('alter function %s set plan_cache_mode = force_generic_plan', p_function);
end $$;

grant execute on function app.steady_plans(regprocedure) to rarity_system;
