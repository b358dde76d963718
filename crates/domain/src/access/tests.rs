//! Who may give what to whom.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::*;

fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

fn class(number: u128) -> ClassId {
    ClassId(Uuid::from_u128(number))
}

fn with(role: Role, permissions: &[Permission]) -> Authorizations {
    Authorizations { permissions: permissions.iter().copied().collect(), ..Authorizations::of_roles([role]) }
}

fn granter(role: Role, permissions: &[Permission]) -> Caller {
    let own = permissions.iter().copied().chain([Permission::ManageAuthorizations]).collect::<Vec<_>>();
    Caller::user(user(1), with(role, &own))
}

#[test]
fn what_is_given_or_taken_away_must_be_held() {
    let clerk = granter(Role::Learner, &[Permission::ReadStatistics]);
    let learner = with(Role::Learner, &[]);
    let other = user(2);
    assert!(may_grant(&clerk, other, &learner, &with(Role::Learner, &[Permission::ReadStatistics])));
    assert!(may_grant(&clerk, other, &with(Role::Learner, &[Permission::ReadStatistics]), &learner));
    assert!(!may_grant(&clerk, other, &learner, &with(Role::Learner, &[Permission::ReadAuditLog])));
    assert!(!may_grant(&clerk, other, &with(Role::Learner, &[Permission::ReadAuditLog]), &learner));
    for role in [Role::Admin, Role::Manager, Role::Lecturer] {
        assert!(!may_grant(&clerk, other, &learner, &with(role, &[])), "{role:?} given");
        assert!(!may_grant(&clerk, other, &with(role, &[]), &learner), "{role:?} taken");
    }
}

#[test]
fn a_manager_who_grants_reaches_up_to_managers_and_never_admins() {
    let manager = granter(Role::Manager, &[]);
    let learner = with(Role::Learner, &[]);
    assert!(may_grant(&manager, user(2), &learner, &with(Role::Manager, &[])));
    assert!(may_grant(&manager, user(2), &learner, &with(Role::Lecturer, &[Permission::ImportData])));
    assert!(!may_grant(&manager, user(2), &learner, &with(Role::Admin, &[])));
    assert!(!may_grant(&manager, user(2), &learner, &with(Role::Learner, &[Permission::ReadAuditLog])));
    assert!(!may_grant(&manager, user(2), &with(Role::Admin, &[]), &learner));
}

#[test]
fn nobody_adds_to_what_they_may_do_themselves() {
    let manager = granter(Role::Manager, &[]);
    let own = with(Role::Manager, &[Permission::ManageAuthorizations]);
    // The role gives it already, but the permission would outlive the role.
    let more = with(Role::Manager, &[Permission::ManageAuthorizations, Permission::ReadStatistics]);
    assert!(!may_grant(&manager, user(1), &own, &more));
    assert!(may_grant(&manager, user(1), &more, &own));
    assert!(may_grant(&Caller::user(user(1), with(Role::Admin, &[])), user(1), &own, &more));
}

#[test]
fn roles_in_a_class_come_from_who_has_power_over_it() {
    let lecturer = |number| Authorizations {
        classes: BTreeMap::from([(class(number), BTreeSet::from([ClassRole::Lecturer]))]),
        ..with(Role::Learner, &[Permission::ManageAuthorizations])
    };
    let teacher = Caller::user(user(1), lecturer(1));
    let nothing = with(Role::Learner, &[Permission::ManageAuthorizations]);
    assert!(may_grant(&teacher, user(2), &nothing, &lecturer(1)));
    assert!(!may_grant(&teacher, user(2), &nothing, &lecturer(2)));
    assert!(!may_grant(&teacher, user(2), &lecturer(2), &nothing));
}

#[test]
fn every_permission_has_a_name_of_its_own_that_the_database_reads_again() {
    let names: BTreeSet<&str> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
    assert_eq!(names.len(), Permission::ALL.len());
    for permission in Permission::ALL {
        let text = serde_json::to_string(permission).unwrap();
        assert_eq!(text, format!("\"{}\"", permission.as_str()));
        assert_eq!(serde_json::from_str::<Permission>(&text).unwrap(), *permission);
    }
}

#[test]
fn an_admin_holds_every_permission_and_a_learner_none() {
    for permission in Permission::ALL {
        assert!(Role::Admin.allows(*permission));
        assert!(!Role::Learner.allows(*permission));
    }
}
