select t, v, count(*)
from (
    select 'int2', v from k_int2
    union all
    select 'int4', v from k_int4
    union all
    select 'int8', v from k_int8
    union all
    select 'text', v from k_text
    union all
    select 'varchar', v from k_varchar
    union all
    select 'char', v from k_char
    union all
    select 'internal_char', v from k_internal_char
    union all
    select 'name', v from k_name
    union all
    select 'uuid', v from k_uuid
    union all
    select 'numeric', v from k_numeric
    union all
    select 'money', v from k_money
    union all
    select 'float', v from k_float
    union all
    select 'real', v from k_real
    union all
    select 'date', v from k_date
    union all
    select 'time', v from k_time
    union all
    select 'timetz', v from k_timetz
    union all
    select 'timestamp', v from k_timestamp
    union all
    select 'timestamptz', v from k_timestamptz
    union all
    select 'interval', v from k_interval
    union all
    select 'bytea', v from k_bytea
    union all
    select 'bool', v from k_bool
    union all
    select 'bit', v from k_bit
    union all
    select 'enum', v from k_enum
    union all
    select 'domain', v from k_domain
    union all
    select 'inet', v from k_inet
    union all
    select 'cidr', v from k_cidr
    union all
    select 'macaddr', v from k_macaddr
    union all
    select 'jsonb', v from k_jsonb
    union all
    select 'array', v from k_array
    union all
    select 'enum_array', v from k_enum_array
    union all
    select 'range', v from k_range
    union all
    select 'composite', v from k_composite
    union all
    select 'lsn', v from k_lsn
    union all
    select 'oid', v from k_oid
) as all_tables (t, v)
group by t, v
order by t collate "C", v collate "C";
select k = 16777216, v
from k_real
where v like 'c%';
select k = 9223372036854775807, v
from k_int8
where v like 'c%';
