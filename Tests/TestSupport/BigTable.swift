/// A table whose rows are too large for a link that drops.
public let bigTable = "create table big (id int primary key, data bytea)"

/// Inserts so many rows into it, of bytes that no link makes smaller.
public func bigRows(_ count: Int, bytes: Int) -> String {
    """
    insert into big
    select i, int4send(i) || b.data
    from generate_series(1, \(count)) as i,
        (
            select string_agg(sha512(int4send(j)), '') as data
            from generate_series(1, \(bytes / 64)) as j
        ) as b
    """
}
