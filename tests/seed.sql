-- For the test template only: bring every table back to what it was when the template was made.
--
-- Django's own flush would need TRUNCATE, which the program's account must not have, and would lose reference
-- data. This runs as the superuser who made it, whatever role calls it.
create schema seed;

do $$
declare t text;
begin
    for t in select tablename from pg_tables where schemaname = 'public' loop
        execute format('create table seed.%I as table public.%I', t, t);
    end loop;
end $$;

create function seed.reset() returns void language plpgsql security definer set search_path = public as $$
declare
    t text;
    columns text;
    filled boolean;
begin
    -- No triggers, no foreign keys: the order of tables does not matter, and append-only ones let go too.
    set local session_replication_role = replica;
    for t in select tablename from pg_tables where schemaname = 'public' loop
        execute format('select exists(select from public.%I)', t) into filled;
        if filled then
            execute format('delete from public.%I', t);
        end if;
        execute format('select exists(select from seed.%I)', t) into filled;
        if filled then
            select string_agg(quote_ident(column_name), ', ') into columns from information_schema.columns
            where table_schema = 'public' and table_name = t and is_generated = 'NEVER';
            execute format('insert into public.%I (%s) overriding system value select %s from seed.%I', t, columns, columns, t);
        end if;
    end loop;
    set local session_replication_role = origin;
end $$;

grant usage on schema seed to clinic_app;
