do $$
begin
    for n in reverse 50 .. 1 loop
        update seat
        set number = number + 10
        where id = n;
    end loop;
end
$$;
