-- Every server runs this when it starts, and several may start at once: each statement bears that.

create table if not exists settlement (
    id         bigint generated always as identity primary key,
    tick       timestamp(9) with time zone not null,
    merchant   varchar(100) not null,
    currency   varchar(3) not null,
    orders     integer not null,
    gross      decimal(19, 2) not null,
    fee        decimal(19, 2) not null,
    net        decimal(19, 2) not null,
    booked_by  varchar(200) not null,
    token      bigint not null,
    booked_at  timestamp(9) with time zone not null
    -- A real ledger would also have a unique key on tick and merchant. It is left out, so that the demo without the
    -- lock shows what the lock is for.
);

create table if not exists settlement_archive (
    id         bigint primary key,
    tick       timestamp(9) with time zone not null,
    merchant   varchar(100) not null,
    currency   varchar(3) not null,
    orders     integer not null,
    gross      decimal(19, 2) not null,
    fee        decimal(19, 2) not null,
    net        decimal(19, 2) not null,
    booked_by  varchar(200) not null,
    token      bigint not null,
    booked_at  timestamp(9) with time zone not null
);

create table if not exists exchange_rate (
    currency      varchar(3) primary key,
    per_euro      decimal(19, 4) not null,
    refreshed_at  timestamp(9) with time zone not null
);

-- The highest fencing token that a write was accepted with.
create table if not exists fencing_register (
    resource  varchar(100) primary key,
    token     bigint default 0 not null
);

-- Leaves a token that is there as it is.
merge into fencing_register (resource) key (resource) values ('settlement');

-- One row for every run of every job, on whatever server.
create table if not exists run_log (
    id          bigint generated always as identity primary key,
    job         varchar(200) not null,
    tick        timestamp(9) with time zone not null,
    server      varchar(200) not null,
    token       bigint not null,
    trigger     varchar(20) not null,
    started_at  timestamp(9) with time zone not null,
    ended_at    timestamp(9) with time zone,
    succeeded   boolean,
    result      varchar(500)
);
