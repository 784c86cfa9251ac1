//! The queries of the dashboards, word for word those of the integration guide: whoever builds another dashboard on them sees the same.

/// What a dashboard shows: a name, what it is called above its rows, and the query.
pub struct Panel {
    pub name: &'static str,
    pub title: &'static str,
    query: &'static str,
    /// What people see of it; programs get all columns.
    pub shown: &'static [&'static str],
}

/// Stands in a query for the id of a project.
const PROJECT: &str = "{PROJECT_UUID}";

impl Panel {
    /// Returns the query, about the project of that id where it is about one. What is no id is the id of none.
    pub fn query(&self, project: &str) -> String {
        self.query.replace(PROJECT, &project.parse::<uuid::Uuid>().unwrap_or_default().to_string())
    }
}

pub const OVERVIEW: [Panel; 3] = [
    Panel {
        name: "active_sessions",
        title: "Active sessions",
        query: "\
SELECT * FROM claude.sessions
WHERE status = 'active'
ORDER BY session_start DESC;",
        shown: &["session_start", "project_name", "session_summary"],
    },
    Panel {
        name: "open_feedback",
        title: "Open feedback",
        query: "\
SELECT project_id, COUNT(*) as open_count
FROM claude.feedback
WHERE status IN ('new', 'in_progress')
GROUP BY project_id;",
        shown: &["project_id", "open_count"],
    },
    Panel {
        name: "recent_activity",
        title: "Recent activity",
        query: "\
SELECT * FROM claude.activity_feed
ORDER BY occurred_at DESC LIMIT 20;",
        shown: &["occurred_at", "project_name", "activity_type", "title"],
    },
];

pub const PROJECTS: Panel = Panel {
    name: "projects",
    title: "Projects",
    query: "\
SELECT
    p.*,
    (SELECT COUNT(*) FROM claude.features f WHERE f.project_id = p.project_id) as feature_count,
    (SELECT COUNT(*) FROM claude.feedback fb WHERE fb.project_id = p.project_id AND fb.status IN ('new', 'in_progress')) as open_feedback
FROM claude.projects p
WHERE p.is_archived = false;",
    shown: &["project_name", "status", "phase", "priority", "feature_count", "open_feedback"],
};

pub const BUILD_TRACKER: Panel = Panel {
    name: "build_tracker",
    title: "Build tracker",
    query: "\
SELECT
    f.feature_id, f.feature_name, f.status as feature_status,
    c.component_id, c.component_name, c.status as component_status,
    t.task_id, t.task_name, t.status as task_status
FROM claude.features f
LEFT JOIN claude.components c ON c.feature_id = f.feature_id
LEFT JOIN claude.build_tasks t ON t.component_id = c.component_id
WHERE f.project_id = '{PROJECT_UUID}'
ORDER BY f.priority, c.sort_order, t.priority;",
    shown: &["feature_name", "feature_status", "component_name", "component_status", "task_name", "task_status"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queries_are_those_of_the_guide() {
        let note = include_str!("../../fixtures/vault/20-Domains/Database Integration Guide.md");
        for panel in OVERVIEW.iter().chain([&PROJECTS, &BUILD_TRACKER]) {
            assert!(note.contains(panel.query), "{}", panel.query);
        }
    }

    #[test]
    fn only_the_id_of_a_project_is_filled_in() {
        let id = "00000000-0000-0000-0000-000000000007";
        assert!(BUILD_TRACKER.query(id).contains(&format!("WHERE f.project_id = '{id}'")));
        assert!(BUILD_TRACKER.query("' or 1 = 1").contains("WHERE f.project_id = '00000000-0000-0000-0000-000000000000'"));
        assert_eq!(PROJECTS.query(id), PROJECTS.query);
    }
}
