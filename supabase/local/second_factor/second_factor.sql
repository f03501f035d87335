-- Second factors, as far as the embedded server keeps them: the tables that hosted Supabase Auth has for them, and one
-- of our own for what must be counted. The Supabase Auth stand-in knows none of them.

create table auth.mfa_factors (
  id uuid not null,
  user_id uuid not null,
  friendly_name text,
  factor_type text not null,
  status text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  secret text,
  last_challenged_at timestamptz,
  constraint mfa_factors_pkey primary key (id),
  constraint mfa_factors_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint mfa_factors_are_totp check (factor_type = 'totp'),
  constraint mfa_factors_status_is_known check (status in ('unverified', 'verified'))
);

create unique index mfa_factors_user_friendly_name_unique on auth.mfa_factors (friendly_name, user_id)
  where trim(friendly_name) <> '';
create index mfa_factors_user_id_idx on auth.mfa_factors (user_id);

create table auth.mfa_challenges (
  id uuid not null,
  factor_id uuid not null,
  created_at timestamptz not null,
  verified_at timestamptz,
  constraint mfa_challenges_pkey primary key (id),
  constraint mfa_challenges_auth_factor_id_fkey foreign key (factor_id) references auth.mfa_factors (id) on delete cascade
);

create index mfa_challenges_factor_id_idx on auth.mfa_challenges (factor_id);
create index mfa_challenges_created_at_idx on auth.mfa_challenges (created_at);

create table auth.mfa_amr_claims (
  id uuid not null,
  session_id uuid not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  authentication_method text not null,
  constraint amr_id_pk primary key (id),
  constraint mfa_amr_claims_session_id_fkey foreign key (session_id) references auth.sessions (id) on delete cascade,
  constraint mfa_amr_claims_session_id_authentication_method_pkey unique (session_id, authentication_method)
);

-- Ours: each time step of a factor is good once (RFC 6238 §5.2), and guesses are counted (RFC 4226 §7.3).
create table auth.second_factor_tries (
  factor_id uuid not null,
  last_step bigint not null default 0,
  wrong integer not null default 0,
  wrong_since timestamptz not null default now(),
  constraint second_factor_tries_pkey primary key (factor_id),
  constraint second_factor_tries_factor_id_fkey foreign key (factor_id) references auth.mfa_factors (id) on delete cascade
);

alter table auth.mfa_factors enable row level security;
alter table auth.mfa_challenges enable row level security;
alter table auth.mfa_amr_claims enable row level security;
alter table auth.second_factor_tries enable row level security;
